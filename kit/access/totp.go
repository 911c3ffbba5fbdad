// SPDX-License-Identifier: Apache-2.0

package access

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"slices"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"mainstay/kit/access/store"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

const (
	totpPeriod    = 30 // seconds, RFC 6238
	recoveryCodes = 10
	recoveryBytes = 15 // 120 bits: a plain digest suffices from 112 on (ASVS 6.5.2); codes of 80 bits from before work on
)

// Enrolment is a TOTP secret that is not in force yet.
type Enrolment struct {
	Token  string // for ConfirmTOTP
	Secret string // base32, for typing in
	URL    string // otpauth://, for the QR code
}

// BeginTOTP makes a secret for the caller's authenticator app.
func (s *Service) BeginTOTP(ctx context.Context) (Enrolment, error) {
	id := From(ctx)
	issuer := s.options.FirmName
	if issuer == "" {
		issuer = "Mainstay"
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: issuer, AccountName: id.Email, Period: totpPeriod, SecretSize: 20})
	if err != nil {
		return Enrolment{}, err
	}
	token, err := s.hold(ctx, pending{Kind: enrolApp, User: id.User, TOTP: key.Secret()})
	return Enrolment{Token: token, Secret: key.Secret(), URL: key.URL()}, err
}

// ConfirmTOTP puts the secret in force once the app shows a right code, ends the
// caller's other sessions and returns the recovery codes, which are shown this once.
func (s *Service) ConfirmTOTP(ctx context.Context, token, code string) ([]string, error) {
	id := From(ctx)
	p, ok, err := s.held(ctx, token, enrolApp)
	if err != nil {
		return nil, err
	}
	if !ok || p.User != id.User || p.TOTP == "" {
		return nil, fault.NewInvalid("This took too long. Please start again.").On("code")
	}
	step, ok := matchStep(p.TOTP, code, s.clock.Now())
	if !ok {
		return nil, fault.NewInvalid("The code is not right. Check that the phone's clock is set automatically.").On("code")
	}
	codes, stored := newRecoveryCodes()
	err = s.change(ctx, "access.totp-on", id.Email, "", func(q *store.Queries) error {
		if err := q.DeletePending(ctx, digest(token)); err != nil {
			return err
		}
		if err := s.tell(ctx, q, notice{user: id.User, kind: ToldAppOn}); err != nil {
			return err
		}
		if err := q.DeleteSessionsOf(ctx, int64(id.User), int64(id.Session)); err != nil {
			return err
		}
		return q.SetTOTP(ctx, store.SetTOTPParams{ID: int64(id.User), Totp: s.sealer.Seal(totpPurpose(id.User), p.TOTP), TotpStep: step, Recovery: stored})
	})
	return codes, err
}

// DisableTOTP takes the authenticator app off. The route asks for a fresh confirmation.
func (s *Service) DisableTOTP(ctx context.Context) error {
	id := From(ctx)
	return s.change(ctx, "access.totp-off", id.Email, "", func(q *store.Queries) error {
		if err := s.tell(ctx, q, notice{user: id.User, kind: ToldAppOff}); err != nil {
			return err
		}
		return q.SetTOTP(ctx, store.SetTOTPParams{ID: int64(id.User)})
	})
}

// checkCode accepts an app's code, each at most once, or a recovery code, which is used up.
func (s *Service) checkCode(ctx context.Context, u store.AccessUser, code string) (how string, err error) {
	no := fault.NewUnauthenticated("The code is not right.").On("code")
	code = strings.ToLower(strings.NewReplacer(" ", "", "-", "").Replace(code))
	if len(code) == 6 {
		secret, err := s.sealer.Open(totpPurpose(ids.ID(u.ID)), u.Totp)
		if err != nil {
			return "", err
		}
		step, ok := matchStep(secret, code, s.clock.Now())
		if !ok {
			return "", no
		}
		var n int64
		err = s.change(ctx, "access.second-factor", u.Email, "app", func(q *store.Queries) error {
			n, err = q.UseTOTPStep(ctx, u.ID, step)
			return err
		})
		if err == nil && n == 0 {
			return "", fault.NewUnauthenticated("This code was used already. Wait for the next one.").On("code")
		}
		return "app", err
	}
	rest, ok := withoutCode(u.Recovery, digest(code))
	if !ok {
		return "", no
	}
	err = s.change(ctx, "access.second-factor", u.Email, "recovery code", func(q *store.Queries) error {
		n, err := q.UseRecovery(ctx, u.ID, u.Recovery, rest)
		return wanted(n, err, "recovery code")
	})
	return "recovery code", err
}

// matchStep returns the time step whose code it is: the present one or a neighbour (RFC 6238 5.2).
func matchStep(secret, code string, now time.Time) (int64, bool) {
	for _, d := range []int64{0, -1, 1} {
		at := now.Add(time.Duration(d*totpPeriod) * time.Second)
		want, err := totp.GenerateCodeCustom(secret, at, totp.ValidateOpts{Period: totpPeriod, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			return at.Unix() / totpPeriod, true
		}
	}
	return 0, false
}

func totpPurpose(user ids.ID) string { return "totp/" + user.String() }

func newRecoveryCodes() (shown []string, stored string) {
	var digests []string
	for range recoveryCodes {
		b := make([]byte, recoveryBytes)
		_, _ = rand.Read(b)
		c := strings.ToLower(base32.StdEncoding.EncodeToString(b))
		var groups []string
		for g := range slices.Chunk([]byte(c), 4) {
			groups = append(groups, string(g))
		}
		shown = append(shown, strings.Join(groups, "-"))
		digests = append(digests, digest(c))
	}
	return shown, strings.Join(digests, " ")
}

func withoutCode(stored, used string) (rest string, ok bool) {
	var keep []string
	for _, d := range strings.Fields(stored) {
		if subtle.ConstantTimeCompare([]byte(d), []byte(used)) == 1 {
			ok = true
			continue
		}
		keep = append(keep, d)
	}
	return strings.Join(keep, " "), ok
}
