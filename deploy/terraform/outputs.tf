output "relay_account" {
  description = "Run hosts with the role relay as this account."
  value       = google_service_account.relay.email
}

output "push_account" {
  description = "For --cloudtasks-account, at the relay and at the push handler."
  value       = google_service_account.push.email
}

output "database_host" {
  description = "Private address of the database."
  value       = google_sql_database_instance.books.private_ip_address
}
