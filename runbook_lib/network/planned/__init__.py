"""A Terraform plan laid over a snapshot: one module per group of resource types."""
