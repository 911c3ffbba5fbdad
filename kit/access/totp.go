// SPDX-License-Identifier: Apache-2.0

package access

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
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
	return Enrolment{
		Token:  s.hold(pending{user: id.User, totp: key.Secret()}),
		Secret: key.Secret(), URL: key.URL(),
	}, nil
}

// ConfirmTOTP puts the secret in force once the app shows a right code, ends the
// caller's other sessions and returns the recovery codes, which are shown this once.
func (s *Service) ConfirmTOTP(ctx context.Context, token, code string) ([]string, error) {
	id := From(ctx)
	p, ok := s.held(token)
	if !ok || p.user != id.User || p.totp == "" {
		return nil, fault.NewInvalid("This took too long. Please start again.").On("code")
	}
	step, ok := matchStep(p.totp, code, s.clock.Now())
	if !ok {
		return nil, fault.NewInvalid("The code is not right. Check that the phone's clock is set automatically.").On("code")
	}
	s.drop(token)
	codes, stored := newRecoveryCodes()
	err := s.change(ctx, "access.totp-on", id.Email, "", func(q *store.Queries) error {
		if err := q.DeleteSessionsOf(ctx, int64(id.User), int64(id.Session)); err != nil {
			return err
		}
		return q.SetTOTP(ctx, store.SetTOTPParams{ID: int64(id.User), Totp: s.sealer.Seal(totpPurpose(id.User), p.totp), TotpStep: step, Recovery: stored})
	})
	return codes, err
}

// DisableTOTP takes the second factor off after the password was given again.
func (s *Service) DisableTOTP(ctx context.Context, password string) error {
	id := From(ctx)
	if err := s.Reverify(ctx, password); err != nil {
		return err
	}
	return s.change(ctx, "access.totp-off", id.Email, "", func(q *store.Queries) error {
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
		b := make([]byte, 10)
		_, _ = rand.Read(b)
		c := strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b))
		shown = append(shown, c[:4]+"-"+c[4:8]+"-"+c[8:12]+"-"+c[12:])
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
