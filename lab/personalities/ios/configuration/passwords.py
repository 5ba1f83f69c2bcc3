"""The forms in which IOS stores passwords: 0 clear, 5 MD5, 7 obfuscated, 9 scrypt."""

import hashlib
from base64 import b64encode

from netutils.password import decrypt_cisco_type7, encrypt_cisco_type5, encrypt_cisco_type7

_STANDARD = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_CISCO = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def type5(password: str, salt: str) -> str:
    """Salted MD5, as ``secret 5`` holds it; the salt has up to four characters."""
    return encrypt_cisco_type5(password, salt[:4], 4)


def type7(password: str, salt: int = 8) -> str:
    """Obfuscated, as ``password 7`` holds it: anyone can read it back."""
    return encrypt_cisco_type7(password, salt)


def type9(password: str, salt: str) -> str:
    """Salted scrypt, as ``secret 9`` holds it."""
    digest = hashlib.scrypt(password.encode(), salt=salt.encode(), n=16384, r=1, p=1, dklen=32)
    return f"$9${salt}${b64encode(digest).translate(bytes.maketrans(_STANDARD, _CISCO)).decode()[:-1]}"


def fits(stored: str, password: str) -> bool:
    """Whether a password fits what is stored. ``stored``: form and value, ``5 $1$…``."""
    form, _, value = stored.partition(" ")
    if form == "5" and value.count("$") == 3:
        return type5(password, value.split("$")[2]) == value
    if form == "7":
        try:
            return decrypt_cisco_type7(value) == password
        except (ValueError, IndexError):
            return False
    if form == "9" and value.count("$") == 3:
        return type9(password, value.split("$")[2]) == value
    return form == "0" and value == password
