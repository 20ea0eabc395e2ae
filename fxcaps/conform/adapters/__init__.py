"""Adapters: how a device is asked, one file each."""
