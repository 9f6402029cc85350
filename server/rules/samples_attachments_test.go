package rules_test

var _ = sample(map[string]string{
	"AttachmentService.ListAttachments":       `{"id": "{finding}"}`,
	"AttachmentService.ListRecordAttachments": `{"recordKind": "asset", "recordId": "{asset}"}`,
	"AttachmentService.DeleteAttachment":      `{"id": "{+attachment}"}`,
})
