"""What the platforms share: the contract, the vendor-neutral reading of the way in, access lists, SSH channels."""
