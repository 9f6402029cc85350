package rest

import (
	"net/http"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// successes are the codes that the convention of successOf does not give.
var successes = map[string]int{
	"AuthService.Register":             http.StatusCreated,
	"AuthService.AcceptInvite":         http.StatusCreated,
	"AuthService.RequestPasswordReset": http.StatusAccepted,
	"MeService.EnrollMfa":              http.StatusCreated,
	"VulnerabilityService.ScanAll":     http.StatusAccepted,
	"VulnerabilityService.ScanAsset":   http.StatusAccepted,
	"AlertService.PromoteAlert":        http.StatusCreated,
	"PlaybookService.StartPlaybookRun": http.StatusCreated,
	"DeviceService.RegisterDevice":     http.StatusCreated,
	"CommandService.QueueCommand":      http.StatusCreated,
	"VpnService.StartVpnSession":       http.StatusCreated,
	"BackupService.ReportRun":          http.StatusCreated,
	"VendorService.SendAssessment":     http.StatusCreated,
}

// successOf is the code of a success: 201 where a POST makes something (Create…, Add…), 204 where there is nothing to
// answer, else 200.
func successOf(md protoreflect.MethodDescriptor, method string) int {
	name := string(md.Name())
	if code := successes[string(md.Parent().Name())+"."+name]; code != 0 {
		return code
	}
	if md.Output().FullName() == "google.protobuf.Empty" {
		return http.StatusNoContent
	}
	if method == http.MethodPost && (strings.HasPrefix(name, "Create") || strings.HasPrefix(name, "Add")) {
		return http.StatusCreated
	}
	return http.StatusOK
}
