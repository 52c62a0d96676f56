using System.Net;
using System.Net.Sockets;

namespace PolicyMTA.EndToEnd;

public sealed class LifecycleTests
{
    [Fact]
    public async Task Ctrl_C_ends_it_cleanly_and_a_second_start_keeps_the_data()
    {
        await using var server = await RunningServer.StartAsync();
        await using (var connection = await SmtpConnection.OpenAsync(server.Smtp))
        {
            await connection.ExpectAsync("EHLO client.test", "250");
            Assert.StartsWith("250 2.0.0 Ok: queued as ", await connection.SendAsync("joe@localhost", "alice@example.test", "Subject: before\r\n\r\ntext"), StringComparison.Ordinal);
        }
        await server.MailWithAsync("alice", "Subject: before");
        var passwords = server.Output.Where(line => line.Contains(" password: ", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, passwords.Count);
        Assert.Equal(0, await server.InterruptAsync());

        await server.StartAgainAsync();
        Assert.Equal(passwords, server.Output.Where(line => line.Contains(" password: ", StringComparison.Ordinal)));
        await server.MailWithAsync("alice", "Subject: before");
        Assert.Equal(0, await server.StopAsync());
    }

    [Fact]
    public async Task An_idle_session_is_told_and_does_not_hold_up_the_end()
    {
        await using var server = await RunningServer.StartAsync();
        await using var connection = await SmtpConnection.OpenAsync(server.Smtp);
        await connection.ExpectAsync("EHLO client.test", "250");
        var ending = server.StopAsync();
        Assert.StartsWith("421 ", await connection.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.Equal(0, await ending);
    }

    [Fact]
    public async Task A_folder_of_somebody_elses_is_refused()
    {
        var folder = Directory.CreateTempSubdirectory("policymta-");
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "thesis.txt"), "words");
        var result = await Command.RunAsync(Path.Combine(Repository.Program, "policymta"), ["quickstart", "--root", folder.FullName]);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("neither empty nor made by quickstart", result.Errors, StringComparison.Ordinal);
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_port_in_use_is_named_and_nothing_is_left_running()
    {
        await using var server = await RunningServer.StartAsync();
        await server.StopAsync();
        using var squatter = new TcpListener(IPAddress.Loopback, server.Submission);
        squatter.Start();
        var result = await Command.RunAsync(Path.Combine(Repository.Program, "policymta"), ["serve", "--config", Path.Combine(server.Root, "policymta.toml")]);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"{server.Submission}", result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_server_in_the_same_folder_is_refused()
    {
        await using var server = await RunningServer.StartAsync();
        var result = await Command.RunAsync(Path.Combine(Repository.Program, "policymta"), ["serve", "--config", Path.Combine(server.Root, "policymta.toml")]);
        Assert.Equal(1, result.ExitCode);
        Assert.NotEmpty(result.Errors);
        Assert.Equal(0, (await server.PolicymtaAsync("status")).ExitCode);
    }

    [Fact]
    public async Task A_broken_configuration_is_told_with_its_place()
    {
        await using var server = await RunningServer.StartAsync();
        await server.StopAsync();
        var file = Path.Combine(server.Root, "policymta.toml");
        await File.AppendAllTextAsync(file, "\n[listeners.smtp2]\naddress = 5\n");
        foreach (var command in new[] { "serve", "check" })
        {
            var result = await Command.RunAsync(Path.Combine(Repository.Program, "policymta"), [command, "--config", file]);
            Assert.Equal(1, result.ExitCode);
            Assert.Matches($"policymta\\.toml:{File.ReadAllLines(file).Length}:\\d+: ", result.Errors);
        }
    }

    [Fact]
    public async Task Status_health_and_an_empty_queue_are_told()
    {
        await using var server = await RunningServer.StartAsync();
        var status = await server.PolicymtaJsonAsync("status");
        Assert.Equal(server.ProcessId, status.GetProperty("process_id").GetInt32());
        Assert.Equal($"127.0.0.1:{server.Smtp}", status.GetProperty("listeners").EnumerateArray().Single(listener => listener.GetProperty("name").GetString() == "smtp").GetProperty("address").GetString());
        Assert.Equal("the queue is empty\n", (await server.PolicymtaAsync("queue", "list")).Output);
        Assert.Equal("Mail queue is empty\n", (await server.PolicymtaAsync("mailq")).Output);
        Assert.Equal("alice@example.test,bob@example.test\n", (await server.PolicymtaAsync("map", "query", "postfixadmin_aliases", "sales@example.test")).Output);
        Assert.Equal(1, (await server.PolicymtaAsync("map", "query", "postfixadmin_aliases", "' OR 1=1 --")).ExitCode);
    }

    [Fact]
    public async Task Only_the_owner_reaches_the_control_socket()
    {
        await using var server = await RunningServer.StartAsync();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(server.Root, "control", "socket")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.Combine(server.Root, "control")));
    }
}
