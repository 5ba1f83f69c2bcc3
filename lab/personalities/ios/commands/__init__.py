"""The exec commands of IOS, module by module; imported for what they register."""
