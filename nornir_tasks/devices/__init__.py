"""Connections to devices: accounts, allowed networks, logins, what is read, and the Nornir runner."""
