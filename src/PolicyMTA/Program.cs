using PolicyMTA.Commands;

return await CommandLine.RunAsync(args, CommandLine.CalledAs(), TimeProvider.System);
