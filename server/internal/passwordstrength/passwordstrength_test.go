package passwordstrength

import "testing"

// TestBits: what people take because it is easy does not hold, what they can remember and nobody guesses does.
func TestBits(t *testing.T) {
	t.Parallel()
	own := []string{"vic", "viewer", "home", "holdfast", "quastenflosser", "margarethe"}
	for password, holds := range map[string]bool{
		"password": false, "passwordpassword": false, "Password123456!": false, "P4ssw0rd2026": false, "aaaaaaaaaaaaaaaaaaaa": false,
		"qwertyuiop1234": false, "1q2w3e4r5t6y7u8i": false, "abcdefghijklmnop": false, "holdfast holdfast": false, "vic viewer home": false,
		"margarethequastenflosser": false, "Summer2026Winter": false, "drowssapdrowssap": false, "123456789012": false, "monkeydragon": false,
		"iloveyouforever": false, "letmeinletmein!": false, "football2019": false,
		"quarry ribbon thursday 77": true, "correct horse battery staple 9": true, "tundra-velvet-oboe-42": true, "größenwahn-im-äther-9": true,
		"a sofa beneath nine lanterns": true, "kX9#vLq2!mTz": true, "xkqjwvzrmblt": true,
	} {
		if bits := Bits(password, own); bits >= Enough != holds {
			t.Errorf("%q has %.1f bits, want it to hold: %v", password, bits, holds)
		}
	}
}

// BenchmarkBits is the longest password that is judged.
func BenchmarkBits(b *testing.B) {
	Bits("warm", nil)
	for b.Loop() {
		Bits("a sofa beneath nine lanterns, and a sofa beneath nine lanterns!!", nil)
	}
}
