"""Publications: what stands behind numbers, and the BibTeX file that holds them."""
