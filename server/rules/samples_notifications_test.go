package rules_test

var _ = sample(map[string]string{
	"NotificationService.ListNotifications": `{}`,
	"NotificationService.GetBadge":          `{}`,
	"NotificationService.MarkRead":          `{"all": true}`,
})
