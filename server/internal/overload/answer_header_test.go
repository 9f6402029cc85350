package overload

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestHeadersAreThoseOfTheStatus: as with net/http, what is done to the header after the status was given is not sent,
// but for trailers.
func TestHeadersAreThoseOfTheStatus(t *testing.T) {
	t.Parallel()
	rec := httptest.NewRecorder()
	a := NewAnswer(rec)
	a.Header().Set("Content-Type", "text/csv")
	a.Header().Set("Trailer", "Declared")
	a.WriteHeader(http.StatusOK)
	for name, value := range map[string]string{"Content-Type": "application/json", "Content-Encoding": "gzip", "Declared": "1", http.TrailerPrefix + "Grpc-Status": "0"} {
		a.Header().Set(name, value)
	}
	if _, err := a.Write([]byte("a;b")); err != nil {
		t.Fatal(err)
	}
	a.Send()
	h := rec.Result().Header
	if h.Get("Content-Type") != "text/csv" || h.Get("Content-Encoding") != "" || rec.Body.String() != "a;b" {
		t.Errorf("sent: %v %s", h, rec.Body)
	}
	if rec.Header().Get("Declared") != "1" || rec.Header().Get(http.TrailerPrefix+"Grpc-Status") != "0" {
		t.Errorf("trailers are lost: %v", rec.Header())
	}
}
