// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_PUBLIC_H
#define HS_PUBLIC_H

/// Marks what programs see of our shared libraries; all else is hidden in them.
#define HS_PUBLIC __attribute__((visibility("default")))

#endif // HS_PUBLIC_H
