"""The door: protobuf in, protobuf out."""
