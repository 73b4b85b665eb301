"""What may be asked of dispatch: one file per verb, one transaction each."""
