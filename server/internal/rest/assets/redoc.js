// Shows the API's description by ReDoc.
Redoc.init("/api/v1/openapi.json", { disableSearch: false, hideDownloadButton: false, sortTagsAlphabetically: true }, document.getElementById("docs"));
