"""The configuration of an IOS switch: what it takes, keeps, prints and means, and the way from one to another."""
