"""Product files: their contract, their computation, reading, writing and slicing."""

from nusterile.product.files import (
    check_target,
    read_product,
    validate_product,
    write_product,
)
from nusterile.product.stored import stored_configuration, stored_input_hashes, stored_texts

__all__ = [
    "check_target",
    "read_product",
    "stored_configuration",
    "stored_input_hashes",
    "stored_texts",
    "validate_product",
    "write_product",
]
