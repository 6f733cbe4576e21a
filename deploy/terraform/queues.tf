resource "google_cloud_tasks_queue" "family" {
  for_each = var.queues
  name     = each.key
  location = var.region

  rate_limits {
    max_dispatches_per_second = each.value.per_second
    max_concurrent_dispatches = each.value.concurrent
  }

  # How often a task is tried, and when, is the dispatch row's to say. The queue
  # tries again only what was not answered 2xx: a worker that died, or had no slot.
  # So it has no bound of its own; --cloudtasks-max-attempts would have to name one.
  retry_config {
    max_attempts  = -1
    min_backoff   = "1s"
    max_backoff   = "60s"
    max_doublings = 6
  }

  # One operation in a hundred is logged, with its status.
  stackdriver_logging_config {
    sampling_ratio = 0.01
  }

  # A queue that is deleted keeps its name taken for days.
  lifecycle {
    prevent_destroy = true
  }

  depends_on = [google_project_service.needed]
}
