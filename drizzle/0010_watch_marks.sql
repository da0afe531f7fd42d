CREATE TABLE "watch_marks" (
	"what" text PRIMARY KEY NOT NULL,
	"hour" timestamp with time zone NOT NULL
);
