CREATE INDEX approvals_of_session ON approvals (session, requested_at);
