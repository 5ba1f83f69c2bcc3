"""The ways into every switch: SSH, SCP and the HTTPS API."""
