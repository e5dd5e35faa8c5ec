"""Narrow identity-based policies to the actions that a principal keeps. The package reads no run and makes no call."""

from __future__ import annotations

from iamsql.least_privilege.documents import ATTACHED_POLICIES, MANAGED_POLICY_SIZE, size
from iamsql.least_privilege.narrowing import Narrowed, narrow

__all__ = ["ATTACHED_POLICIES", "MANAGED_POLICY_SIZE", "Narrowed", "narrow", "size"]
