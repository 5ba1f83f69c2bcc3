"""What the playbooks' action plugins call. No Ansible is imported here."""
