// SPDX-License-Identifier: Apache-2.0

// Package packaging has no code: it is what the agent's .deb and .rpm are made of by `make agent`.
package packaging
