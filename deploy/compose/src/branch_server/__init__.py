"""The suite in containers: images, up, down, status. Standard library only; `setup` runs inside a container of ours."""
