resource "google_sql_database_instance" "books" {
  name                = "enrichd"
  region              = var.region
  database_version    = "POSTGRES_15"
  deletion_protection = true

  settings {
    tier              = var.database_tier
    availability_type = "REGIONAL"
    disk_type         = "PD_SSD"
    disk_autoresize   = true

    ip_configuration {
      ipv4_enabled    = false
      private_network = var.network
      ssl_mode        = "ENCRYPTED_ONLY"
    }

    backup_configuration {
      enabled                        = true
      point_in_time_recovery_enabled = true
    }
  }

  depends_on = [google_project_service.needed]
}

resource "google_sql_database" "books" {
  name     = "enrichd"
  instance = google_sql_database_instance.books.name
}

# The owner migrates, and its migration makes the role that the program works as.
resource "google_sql_user" "owner" {
  name     = "enrichd_owner"
  instance = google_sql_database_instance.books.name
  password = var.owner_password
}
