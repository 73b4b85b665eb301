"""What `make run` needs before anything of ours can run: standard library only, nothing installed."""
