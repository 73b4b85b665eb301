"""Online backups of the suite, a weekly proof that they can be restored, and the restore itself."""
