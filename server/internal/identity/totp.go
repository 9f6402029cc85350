package identity

import (
	"crypto/rand"
	"math/big"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
)

// What authenticator apps expect (RFC 6238).
const (
	totpPeriod = 30 // seconds
	totpSkew   = 1  // steps to either side
)

// recoveryCount is how many recovery codes a person gets.
const recoveryCount = 10

// newTOTP makes a secret for an authenticator app: in base32, and as an otpauth address.
func newTOTP(account string) (secret, url string, err error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: "Holdfast", AccountName: account, Period: totpPeriod, SecretSize: 20})
	if err != nil {
		return "", "", err
	}
	return key.Secret(), key.URL(), nil
}

// totpStep finds the step, not before or at last, at which a code is right: each code is good once. It is 0 for a wrong
// code.
func totpStep(secret, code string, at time.Time, last int64) int64 {
	code = strings.ReplaceAll(strings.TrimSpace(code), " ", "")
	now := at.Unix() / totpPeriod
	var found int64
	for step := now - totpSkew; step <= now+totpSkew; step++ {
		ok, err := hotp.ValidateCustom(code, uint64(step), secret, hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && ok && step > last {
			found = step
		}
	}
	return found
}

// recoveryAlphabet has no letters that look like digits.
const recoveryAlphabet = "abcdefghjkmnpqrstuvwxyz23456789"

// newRecoveryCodes makes codes of 80 random bits, as shown and as stored.
func newRecoveryCodes() (shown, hashed []string) {
	for range recoveryCount {
		var b strings.Builder
		for i := range 16 {
			if i > 0 && i%4 == 0 {
				b.WriteByte('-')
			}
			n, err := rand.Int(rand.Reader, big.NewInt(int64(len(recoveryAlphabet))))
			if err != nil {
				panic(err) // rand.Reader never fails on the systems that Go knows
			}
			b.WriteByte(recoveryAlphabet[n.Int64()])
		}
		shown = append(shown, b.String())
		hashed = append(hashed, hashToken(recoveryForm(b.String())))
	}
	return shown, hashed
}

// recoveryForm is a recovery code without what people add when they type it.
func recoveryForm(code string) string {
	return "recovery:" + strings.Map(func(r rune) rune {
		if strings.ContainsRune(recoveryAlphabet, r) {
			return r
		}
		return -1
	}, strings.ToLower(code))
}

// takeRecoveryCode removes a code from the stored ones.
func takeRecoveryCode(hashed []string, code string) (rest []string, ok bool) {
	want := hashToken(recoveryForm(code))
	for _, h := range hashed {
		if sameHash(h, want) {
			ok = true
			continue
		}
		rest = append(rest, h)
	}
	return rest, ok
}
