package rules_test

var _ = sample(map[string]string{
	"AssetService.ListAssets":          `{}`,
	"AssetService.CreateAsset":         `{"asset": {"name": "Asset {n}", "assetType": "server", "siteId": "{site}"}}`,
	"AssetService.GetAsset":            `{"id": "{asset}"}`,
	"AssetService.BulkUpdateAssets":    `{"ids": ["{asset}"], "set": {"environment": "bulk {n}"}, "reason": "Bulk {n}"}`,
	"AssetService.UpdateAsset":         `{"asset": {"id": "{asset}", "name": "Asset {n}"}, "updateMask": "name"}`,
	"AssetService.DeleteAsset":         `{"id": "{+asset}"}`,
	"AssetService.ListAssetHistory":    `{"id": "{asset}"}`,
	"AssetService.ListAssetRelations":  `{"id": "{asset}"}`,
	"AssetService.CreateAssetRelation": `{"id": "{+asset}", "relation": {"toId": "{asset}", "type": "depends_on"}}`,
	"AssetService.DeleteAssetRelation": `{"id": "{asset}", "relationId": "{+relation}"}`,
	"AssetService.GetAssetImpact":      `{"id": "{asset}"}`,
})
