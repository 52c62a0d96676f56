namespace PolicyMTA.EndToEnd;

/// <summary>What an administrator reads of the decisions of a running server.</summary>
public sealed class TraceTests
{
    [Fact]
    public async Task A_message_is_explained_by_its_queue_id_and_its_session_and_still_after_a_restart()
    {
        await using var server = await RunningServer.StartAsync();
        await using var connection = await SmtpConnection.OpenAsync(server.Smtp);
        await connection.ExpectAsync("EHLO client.test", "250");
        var sent = await connection.SendAsync("joe@client.test", "alice@example.test", "Subject: nobody shall read this");
        var id = sent.Split(' ')[^1];

        var trace = (await server.PolicymtaJsonAsync("explain", id)).EnumerateArray().Single();
        Assert.Equal((id, "smtp", "joe@client.test"), (trace.GetProperty("queue_id").GetString(), trace.GetProperty("listener").GetString(), trace.GetProperty("sender").GetString()));
        var generation = (await server.PolicymtaJsonAsync("status")).GetProperty("generation").GetString();
        Assert.Equal(generation, trace.GetProperty("generation").GetString());
        var recipient = trace.GetProperty("decisions").EnumerateArray().First(d => d.GetProperty("command").GetString() == "RCPT");
        Assert.StartsWith("250 2.1.5", recipient.GetProperty("reply").GetString(), StringComparison.Ordinal);
        var step = recipient.GetProperty("steps").EnumerateArray().First(s => s.GetProperty("stage").GetString() == "relay");
        Assert.Equal("relay.js", step.GetProperty("file").GetString());
        Assert.True(step.GetProperty("line").GetInt32() > 0);

        var text = (await server.PolicymtaAsync("explain", id)).Output;
        Assert.Contains($"> 250 2.0.0 Ok: queued as {id}", text, StringComparison.Ordinal);
        Assert.DoesNotContain("nobody shall read", text, StringComparison.Ordinal);
        Assert.Contains(id, (await server.PolicymtaAsync("explain", trace.GetProperty("session").GetString()!)).Output, StringComparison.Ordinal);

        await server.StopAsync();
        await server.StartAgainAsync();
        Assert.Contains(id, (await server.PolicymtaAsync("explain", id)).Output, StringComparison.Ordinal);
        var unknown = await server.PolicymtaAsync("explain", "4dNothing");
        Assert.Equal(1, unknown.ExitCode);
        Assert.Contains("nothing is known of '4dNothing'", unknown.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rejects_are_seen_as_they_happen_and_who_watches_does_not_keep_the_server()
    {
        await using var server = await RunningServer.StartAsync();
        using var tail = Command.Start(Path.Combine(Repository.Program, "policymta"), ["tail", "--rejects", "--config", Path.Combine(server.Root, "policymta.toml")]);
        var line = tail.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask();
        while (!line.IsCompleted)
        {
            // It may still be about to connect: what was refused before that is not shown.
            await using var connection = await SmtpConnection.OpenAsync(server.Smtp);
            await connection.ExpectAsync("EHLO client.test", "250");
            await connection.ExpectAsync("MAIL FROM:<joe@client.test>", "250");
            await connection.ExpectAsync("RCPT TO:<alice@example.test>", "250");
            await connection.ExpectAsync("RCPT TO:<nobody@example.test>", "550");
            await connection.ExpectAsync("QUIT", "221");
            await Task.WhenAny(line, Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System));
        }
        var seen = await line;
        Assert.Contains("RCPT <joe@client.test> to <nobody@example.test>: 550 5.1.1", seen, StringComparison.Ordinal);
        Assert.Contains("reject_unlisted_recipient", seen, StringComparison.Ordinal);
        Assert.DoesNotContain("alice@example.test", seen, StringComparison.Ordinal);
        await server.StopAsync();
        await tail.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, tail.ExitCode);
    }

    [Fact]
    public async Task Rules_that_never_match_are_listed_and_a_reload_keeps_the_counts()
    {
        await using var server = await RunningServer.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(server.Root, "policies", "sender.js"), "import { reject } from 'policymta';\nfunction busy({ sender }) { if (sender.local == 'joe') return reject('no joe'); }\nfunction idle() {}\nexport default [busy, idle];\n");
        Assert.Equal(0, (await server.PolicymtaAsync("reload")).ExitCode);
        await using (var connection = await SmtpConnection.OpenAsync(server.Smtp))
        {
            await connection.ExpectAsync("EHLO client.test", "250");
            await connection.ExpectAsync("MAIL FROM:<joe@client.test>", "250");
            await connection.ExpectAsync("RCPT TO:<alice@example.test>", "554");
        }
        await File.AppendAllTextAsync(Path.Combine(server.Root, "policies", "sender.js"), "// changed\n");
        Assert.Equal(0, (await server.PolicymtaAsync("reload")).ExitCode);

        var rules = (await server.PolicymtaJsonAsync("rules")).EnumerateArray().Where(r => r.GetProperty("file").GetString() == "sender.js").ToDictionary(r => $"{r.GetProperty("rule").GetString()}:{r.GetProperty("line").GetInt32()}", r => r);
        Assert.Equal((1, 1), (rules["busy:2"].GetProperty("asked").GetInt64(), rules["busy:2"].GetProperty("rejects").GetInt64()));
        Assert.True(rules["busy:2"].TryGetProperty("last_match", out _));
        Assert.Equal(0, rules["idle:3"].GetProperty("asked").GetInt64());
        var unused = (await server.PolicymtaAsync("rules", "--unused")).Output;
        Assert.Contains("sender: idle sender.js:3", unused, StringComparison.Ordinal);
        Assert.DoesNotContain("sender: busy", unused, StringComparison.Ordinal);
        Assert.Contains("policymta_rule_verdicts_total{stage=\"sender\",rule=\"busy\",file=\"sender.js\",number=\"1\",verdict=\"reject\"} 1", (await server.PolicymtaAsync("metrics")).Output, StringComparison.Ordinal);
    }
}
