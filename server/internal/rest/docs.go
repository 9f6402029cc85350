package rest

// docsRoutes are the API's description and its pages.
func (s *Server) docsRoutes() []Route { return nil }
