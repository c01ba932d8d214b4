"""The desktop application of nusterile."""
