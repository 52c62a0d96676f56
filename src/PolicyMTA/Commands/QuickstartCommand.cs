using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using PolicyMTA.Configuration;
using PolicyMTA.Quickstart;
using PolicyMTA.Sdk;

namespace PolicyMTA.Commands;

/// <summary><c>policymta quickstart</c>.</summary>
internal static class QuickstartCommand
{
    public static Command Build(TimeProvider time)
    {
        var root = new Option<string>("--root") { Description = "The folder that holds everything; set up when it is empty", HelpName = "DIR", DefaultValueFactory = _ => QuickstartOptions.DefaultFolder };
        var listen = new Option<string?>("--listen") { Description = $"The address to listen on (default: {QuickstartOptions.DefaultAddress})", HelpName = "ADDRESS" };
        listen.Validators.Add(CheckAddress);
        var smtp = Port("--smtp-port", QuickstartOptions.DefaultSmtpPort);
        var submission = Port("--submission-port", QuickstartOptions.DefaultSubmissionPort);
        var submissions = Port("--submissions-port", QuickstartOptions.DefaultSubmissionsPort);
        var command = new Command("quickstart", "Set up a server for example.test with two mailboxes in a folder, and run it") { root, listen, smtp, submission, submissions };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            new QuickstartOptions
            {
                Root = Path.GetFullPath(parsed.GetValue(root)!),
                Listen = parsed.GetValue(listen),
                SmtpPort = parsed.GetValue(smtp),
                SubmissionPort = parsed.GetValue(submission),
                SubmissionsPort = parsed.GetValue(submissions),
            },
            time,
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(QuickstartOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        var paths = new QuickstartPaths(options.Root);
        try
        {
            QuickstartFolder.Prepare(options, Path.Combine(AppContext.BaseDirectory, "policies"), time);
        }
        catch (ConfigurationException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return ExitCode.Failed;
        }
        var result = ConfigurationLoader.Load(paths.Configuration);
        if (result.Configuration is { } configuration)
            return await new ServerRun(configuration, time).RunAsync(server => Welcome.Text(paths, server.Endpoints, QuickstartMailboxes.ReadPasswords(paths.Passwords), ProgramName.Find()), cancellationToken);
        foreach (var error in result.Errors) await Console.Error.WriteLineAsync(error.ToString());
        return ExitCode.Failed;
    }

    private static Option<int?> Port(string name, int usual)
    {
        var option = new Option<int?>(name) { Description = $"(default: {usual})", HelpName = "PORT" };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !(int.TryParse(token.Value, out var port) && port is >= 0 and <= IPEndPoint.MaxPort)) result.AddError($"{name} takes a port, 0 to {IPEndPoint.MaxPort}, not '{token.Value}'.");
        });
        return option;
    }

    private static void CheckAddress(OptionResult result)
    {
        if (result.Tokens is [var token] && !IPAddress.TryParse(token.Value, out _)) result.AddError($"--listen takes an IP address, not '{token.Value}'.");
    }
}
