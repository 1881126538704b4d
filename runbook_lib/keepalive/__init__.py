"""Will a client survive an idle period: settings read from manifests and bundles, the verdict, and what to change."""
