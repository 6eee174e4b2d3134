"""The API's page, written from its document: no script, nothing from elsewhere."""
