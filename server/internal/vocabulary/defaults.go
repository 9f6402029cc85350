package vocabulary

// Defaults is the vocabulary of a tenant that has made none of its own. Each colour has a contrast of at least 4.5 : 1
// against white (WCAG 2.2, 1.4.3), so that it serves as a text on white and as the ground of a white text.
var Defaults = New(0, map[Domain][]Word{
	RiskLevel: defaults(
		"critical", "Critical", "#991b1b",
		"high", "High", "#c2410c",
		"medium", "Medium", "#a16207",
		"low", "Low", "#1d4ed8",
		"informational", "Informational", "#475569",
	),
	RemediationStatus: defaults(
		"open", "Open", "#b91c1c",
		"in_progress", "In Progress", "#1d4ed8",
		"ready_for_retest", "Ready for Retest", "#7e22ce",
		"resolved", "Resolved", "#15803d",
		"accepted_risk", "Accepted Risk", "#a16207",
		"false_positive", "False Positive", "#475569",
	),
	SessionStatus: defaults(
		"planned", "Planned", "#475569",
		"in_progress", "In Progress", "#1d4ed8",
		"completed", "Completed", "#15803d",
		"cancelled", "Cancelled", "#57534e",
	),
	AssetType: defaults( // machines, the plant, what people use
		"server", "Server", "#1d4ed8",
		"workstation", "Workstation", "#1d4ed8",
		"virtual_machine", "Virtual Machine", "#1d4ed8",
		"network_device", "Network Device", "#0e7490",
		"firewall", "Firewall", "#b91c1c",
		"cloud_service", "Cloud Service", "#0369a1",
		"plc", "PLC", "#a16207",
		"rtu", "RTU", "#a16207",
		"dcs_controller", "DCS Controller", "#a16207",
		"scada_server", "SCADA Server", "#a16207",
		"hmi", "HMI", "#a16207",
		"industrial_switch", "Industrial Switch", "#0e7490",
		"gateway", "Gateway", "#0e7490",
		"sensor", "Sensor", "#a16207",
		"robot", "Robot", "#a16207",
		"engineering_station", "Engineering Station", "#a16207",
		"repository", "Repository", "#7e22ce",
		"web_application", "Web Application", "#15803d",
		"api", "API", "#15803d",
		"mobile_app", "Mobile App", "#15803d",
		"browser_extension", "Browser Extension", "#15803d",
		"other", "Other", "#475569",
	),
})

// defaults makes active words of value, label and colour by turns, a place ten apart: room for a word in between.
func defaults(parts ...string) []Word {
	words := make([]Word, 0, len(parts)/3)
	for i := 0; i+2 < len(parts); i += 3 {
		words = append(words, Word{Value: parts[i], Label: parts[i+1], Color: parts[i+2], Order: int32(len(words)+1) * 10, Active: true})
	}
	return words
}
