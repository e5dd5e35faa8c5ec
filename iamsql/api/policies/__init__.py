"""Narrow identity-based policies to the actions that a principal keeps. The package reads no run and makes no call."""

from __future__ import annotations

from iamsql.api.policies.documents import ATTACHED_POLICIES, MANAGED_POLICY_SIZE, size
from iamsql.api.policies.narrowing import Narrowed, narrow

__all__ = ["ATTACHED_POLICIES", "MANAGED_POLICY_SIZE", "Narrowed", "narrow", "size"]
