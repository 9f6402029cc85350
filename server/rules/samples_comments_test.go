package rules_test

var _ = sample(map[string]string{
	"CommentService.ListComments":  `{"recordKind": "asset", "recordId": "{asset}"}`,
	"CommentService.CreateComment": `{"comment": {"recordKind": "asset", "recordId": "{asset}", "body": "Comment {n}"}}`,
	"CommentService.UpdateComment": `{"comment": {"id": "{comment}", "body": "Comment {n}"}, "updateMask": "body"}`,
	"CommentService.DeleteComment": `{"id": "{+comment}"}`,
	"CommentService.Watch":         `{"recordKind": "asset", "recordId": "{+asset}"}`,
	"CommentService.Unwatch":       `{"recordKind": "asset", "recordId": "{+watched}"}`,
})
