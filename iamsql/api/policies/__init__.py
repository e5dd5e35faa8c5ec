"""The least-privilege policy of a user or role: the permissions that it used, and its policies narrowed to them."""

from __future__ import annotations

from iamsql.api.policies.documents import ATTACHED_POLICIES, MANAGED_POLICY_SIZE, size
from iamsql.api.policies.narrowing import Narrowed, narrow

__all__ = ["ATTACHED_POLICIES", "MANAGED_POLICY_SIZE", "Narrowed", "narrow", "size"]
