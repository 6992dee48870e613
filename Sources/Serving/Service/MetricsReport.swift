extension ModelService {
    /// The server's and its engines' figures, for Prometheus.
    func metricsText() -> String {
        metrics.text(
            models.map { (model: $0.id, statistics: $0.engine.statistics) }, connections: presences.count)
    }
}
