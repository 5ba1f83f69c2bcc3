"""What happened: the journal and its database, the lock, the backups of configurations."""
