"""Product files: their contract, their computation, reading, writing and slicing."""

from nusterile.product.files import (
    check_target,
    read_product,
    stored_configuration,
    stored_input_hashes,
    validate_product,
    write_product,
)

__all__ = [
    "check_target",
    "read_product",
    "stored_configuration",
    "stored_input_hashes",
    "validate_product",
    "write_product",
]
