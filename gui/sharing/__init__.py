"""What leaves the app: exports, scripts, publication figures."""
