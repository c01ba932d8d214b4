"""Two columns of numbers from a text, as it comes from a clipboard."""

import pytest

from nusterile.bounds.digitised import parse_digitised
from nusterile.errors import InputError


def test_header_and_numbers():
    curve = parse_digitised(
        "# by hand\n m_4 [keV]\t mu [mu_B] \r\n1\t2e-11\r\n\r\n10\t3E-11\n", "x"
    )
    assert curve.header == ("m_4 [keV]", "mu [mu_B]")
    assert curve.rows == (("1", "2e-11"), ("10", "3E-11"))
    assert curve.values.tolist() == [[1.0, 2e-11], [10.0, 3e-11]]


def test_without_a_header():
    assert parse_digitised("1 2e-11", "x").header == ("", "")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "clipboard: is empty; expected two columns, mass and coupling"),
        ("1,2\n\nx,3\n", "clipboard, line 3: the mass is 'x'; expected a finite number above 0"),
        ("2,1\n1,1\n", "clipboard, line 2: mass 1 is smaller than the one before, 2"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text, complaint):
    with pytest.raises(InputError) as error:
        parse_digitised(text, "clipboard")
    assert complaint in str(error.value)


def test_an_outline_may_turn_back():
    assert len(parse_digitised("2,1\n1,1\n", "x", ordered=False).rows) == 2
