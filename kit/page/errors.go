// SPDX-License-Identifier: Apache-2.0

package page

import (
	"context"
	"net/http"
	"strconv"

	"mainstay/kit/locale"
)

func errorTitle(ctx context.Context, status int) string {
	switch status {
	case http.StatusNotFound:
		return locale.T(ctx, "Not found")
	case http.StatusForbidden:
		return locale.T(ctx, "Not allowed")
	case http.StatusUnauthorized:
		return locale.T(ctx, "Please sign in")
	case http.StatusConflict:
		return locale.T(ctx, "Somebody was faster")
	case http.StatusUnprocessableEntity:
		return locale.T(ctx, "That did not work")
	case http.StatusServiceUnavailable:
		return locale.T(ctx, "Busy at the moment")
	}
	return locale.T(ctx, "Something went wrong")
}

func errorIcon(status int) string {
	switch status {
	case http.StatusNotFound:
		return "compass"
	case http.StatusForbidden, http.StatusUnauthorized:
		return "lock"
	case http.StatusServiceUnavailable:
		return "clock"
	}
	return "triangle-alert"
}

func errorTone(status int) Tone {
	if status == http.StatusInternalServerError {
		return Bad
	}
	return Neutral
}

func itoa(n int) string { return strconv.Itoa(n) }

func homeOf(ctx context.Context) string {
	if o := From(ctx).Outside; o != nil {
		return o.Home
	}
	return "/"
}
