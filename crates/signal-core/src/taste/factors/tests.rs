use super::*;

/// People and artists with a few thousand plays, most of them of few artists.
fn town(users: u32, items: u32, plays: u32) -> Interactions {
    let mut state = 7u64;
    let mut roll = |below: u32| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from((state >> 33) % u64::from(below)).unwrap()
    };
    let cells: Vec<(u32, u32, f32)> = (0..plays)
        .map(|_| {
            let near = roll(items);
            (roll(users), near.min(roll(items)), [1.0, 0.5, 2.5][roll(3) as usize])
        })
        .collect();
    Interactions::new(users as usize, items as usize, cells).unwrap()
}

fn small(factors: usize) -> FactorSettings {
    FactorSettings { factors, iterations: 5, ..FactorSettings::default() }
}

/// Gaussian elimination with pivots, in double precision: nothing in common with the code under test.
#[allow(clippy::needless_range_loop, reason = "as in the textbook")]
fn eliminate(mut a: Vec<Vec<f64>>, mut b: Vec<f64>) -> Vec<f64> {
    let n = b.len();
    for k in 0..n {
        let pivot = (k..n).max_by(|&i, &j| a[i][k].abs().total_cmp(&a[j][k].abs())).unwrap();
        a.swap(k, pivot);
        b.swap(k, pivot);
        for i in k + 1..n {
            let f = a[i][k] / a[k][k];
            for j in k..n {
                a[i][j] -= f * a[k][j];
            }
            b[i] -= f * b[k];
        }
    }
    let mut x = vec![0.0; n];
    for k in (0..n).rev() {
        let known: f64 = (k + 1..n).map(|j| a[k][j] * x[j]).sum();
        x[k] = (b[k] - known) / a[k][k];
    }
    x
}

/// A row's factors by the dense normal equations, from the definition of the loss.
#[expect(clippy::many_single_char_names, reason = "the letters of the normal equations A x = b")]
fn reference(table: &[Vec<f64>], cells: &[(u32, f32)], settings: &FactorSettings) -> Vec<f64> {
    let d = settings.factors;
    let alpha = f64::from(settings.unobserved);
    let seen: f64 = cells.iter().map(|cell| f64::from(cell.1)).sum();
    let ridge = f64::from(settings.regularisation)
        * libm::pow(seen + alpha * table.len() as f64, f64::from(settings.exponent));
    let mut a = vec![vec![0.0; d]; d];
    let mut b = vec![0.0; d];
    for y in table {
        for i in 0..d {
            for j in 0..d {
                a[i][j] += alpha * y[i] * y[j];
            }
        }
    }
    for &(id, weight) in cells {
        let (y, w) = (&table[id as usize], f64::from(weight));
        for i in 0..d {
            b[i] += w * y[i];
            for j in 0..d {
                a[i][j] += w * y[i] * y[j];
            }
        }
    }
    for (i, row) in a.iter_mut().enumerate() {
        row[i] += ridge;
    }
    eliminate(a, b)
}

fn wide(table: &FactorTable) -> Vec<Vec<f64>> {
    (0..table.rows())
        .map(|row| table.row(u32::try_from(row).unwrap()).iter().map(|x| f64::from(*x)).collect())
        .collect()
}

#[test]
fn alternating_dense_solves_give_the_same_scores() {
    // Both start from the same people; every product of the two fits agrees to 1e-5 after five rounds.
    for (factors, exponent, regularisation) in
        [(1, 1.0, 0.05), (5, 0.5, 0.3), (16, 1.0, 0.05), (19, 0.0, 1.0)]
    {
        let plays = town(40, 60, 600);
        let settings =
            FactorSettings { steps: 200, exponent, regularisation, unobserved: 0.2, ..small(factors) };
        let model = FactorModel::fit(&plays, &settings).unwrap();
        let spread = 0.1 / (factors as f32).sqrt();
        let mut users = wide(&FactorTable::random(40, factors, settings.seed, spread));
        let mut items = vec![];
        for _ in 0..settings.iterations {
            let solved = |table: &[Vec<f64>], cells: Cells<'_>| {
                reference(table, &cells.iter().collect::<Vec<_>>(), &settings)
            };
            items = (0..60).map(|item| solved(&users, plays.item(item))).collect::<Vec<_>>();
            users = (0..40).map(|user| solved(&items, plays.user(user))).collect::<Vec<_>>();
        }
        for user in 0..40u32 {
            for item in 0..60u32 {
                let expected: f64 =
                    users[user as usize].iter().zip(&items[item as usize]).map(|(x, y)| x * y).sum();
                let found = f64::from(model.score(model.users().row(user), item));
                assert!((expected - found).abs() < 1e-5, "{factors}: {expected} {found}");
            }
        }
    }
}

#[test]
fn golden_factor_by_hand() {
    // docs/algorithms.md, "Taste: factors": one person, one artist, one factor.
    let plays = Interactions::new(1, 1, [(0, 0, 1.0)]).unwrap();
    let settings = FactorSettings {
        factors: 1,
        unobserved: 0.25,
        regularisation: 0.2,
        iterations: 60,
        ..FactorSettings::default()
    };
    let model = FactorModel::fit(&plays, &settings).unwrap();
    // Ridge .2 · (1 + .25) = .25 on both sides, so x² = y² = (1 − .25) / 1.25 = .6.
    let (x, y) = (model.users().row(0)[0], model.items().row(0)[0]);
    assert!((x * y - 0.6).abs() < 1e-5 && (x.abs() - y.abs()).abs() < 1e-3, "{x} {y}");
    // (1 − .6)² + .25 · .36 + .25 · (.6 + .6) = .55
    assert!((model.loss(&plays) - 0.55).abs() < 1e-5);
}

#[test]
fn a_few_steps_come_as_far_as_exact_rounds() {
    let plays = town(300, 200, 6_000);
    let loss = |steps| FactorModel::fit(&plays, &FactorSettings { steps, ..small(24) }).unwrap().loss(&plays);
    let (quick, exact) = (loss(3), loss(200));
    assert!((quick / exact - 1.0).abs() < 1e-3, "{quick} {exact}");
}

#[test]
fn threads_change_no_bit() {
    // More rows than one block of sums holds.
    let plays = town(2_500, 300, 10_000);
    let fit = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let model = pool
            .install(|| FactorModel::fit(&plays, &FactorSettings { iterations: 2, ..small(20) }).unwrap());
        let bits = |table: &FactorTable| table.as_slice().iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        (bits(model.users()), bits(model.items()))
    };
    let one = fit(1);
    assert_eq!(one, fit(2));
    assert_eq!(one, fit(8));
}

#[test]
fn folding_in_a_person_of_the_fit_gives_their_factors() {
    let plays = town(50, 80, 900);
    let model = FactorModel::fit(&plays, &small(12)).unwrap();
    for user in 0..50 {
        let folded = model.fold_in(plays.user(user));
        for (x, y) in folded.iter().zip(model.users().row(user)) {
            assert!((x - y).abs() < 1e-5, "{user}: {x} {y}");
        }
    }
    assert_eq!(model.fold_in(Cells::new(&[80, 4_000_000], &[1.0, 1.0])), vec![0.0; 12], "unknown artists");
    assert_eq!(model.fold_in(Cells::default()), vec![0.0; 12]);
}

#[test]
fn a_refit_goes_on_and_takes_new_people_in() {
    let plays = town(60, 80, 900);
    let model = FactorModel::fit(&plays, &small(12)).unwrap();
    let later = FactorModel::refit(&model, &plays, 30).unwrap();
    let long = FactorModel::fit(&plays, &FactorSettings { iterations: 35, ..small(12) }).unwrap();
    assert!(later.loss(&plays) < model.loss(&plays));
    assert!((later.loss(&plays) / long.loss(&plays) - 1.0).abs() < 1e-3);

    let more =
        Interactions::new(61, 81, plays.cells().chain([(60, 0, 1.0), (60, 80, 1.0), (3, 80, 1.0)])).unwrap();
    let grown = model.refit(&more, 2).unwrap();
    let fresh = FactorModel::fit(&more, &FactorSettings { iterations: 7, ..small(12) }).unwrap();
    assert!((grown.loss(&more) / fresh.loss(&more) - 1.0).abs() < 0.02);
    assert!(grown.score(grown.users().row(60), 80) > grown.score(grown.users().row(0), 80));
    assert_eq!(grown.refit(&plays, 1).unwrap_err(), FactorsError::Shrunk { users: 60, items: 80 });
}

#[test]
fn degenerate_plays_give_finite_sensible_factors() {
    let one = |users, items, cells: &[(u32, u32, f32)]| {
        let plays = Interactions::new(users, items, cells.iter().copied()).unwrap();
        let model =
            FactorModel::fit(&plays, &FactorSettings { factors: 8, ..FactorSettings::default() }).unwrap();
        let all = [model.users(), model.items()];
        assert!(all.iter().all(|table| table.as_slice().iter().all(|x| x.is_finite())));
        assert!(model.loss(&plays).is_finite());
        model
    };
    let score = |model: &FactorModel, user, item| model.score(model.users().row(user), item);

    one(0, 0, &[]);
    assert!(one(3, 2, &[]).users().as_slice().iter().all(|x| *x == 0.0), "nobody plays anything");
    let single = one(2, 2, &[(0, 0, 1.0)]);
    assert!(score(&single, 0, 0) > 0.5 && score(&single, 1, 0) == 0.0);
    let alike: Vec<_> = (0..50).map(|user| (user, 0, 1.0)).collect();
    assert!((0..50).all(|user| score(&one(50, 1, &alike), user, 0) > 0.5), "all play one artist");
    let heavy = one(2, 3, &[(0, 0, 1e9), (0, 1, 1.0), (1, 1, f32::INFINITY), (1, 2, f32::NAN), (1, 0, -3.0)]);
    assert!(score(&heavy, 0, 0) > 0.5 && score(&heavy, 1, 1) > 0.5);
    let many = one(2, 100_000, &[(0, 99_999, 1.0), (1, 5, 1.0), (1, 99_999, 1.0)]);
    assert!(score(&many, 0, 99_999) > score(&many, 0, 5) && score(&many, 0, 7) == 0.0);
}

#[test]
fn what_cannot_be_fitted_is_refused() {
    let plays = town(3, 3, 5);
    let refused = |settings: FactorSettings| match FactorModel::fit(&plays, &settings).unwrap_err() {
        FactorsError::Setting { name, .. } => name,
        other => panic!("{other}"),
    };
    let good = FactorSettings::default();
    assert_eq!(refused(FactorSettings { factors: 0, ..good }), "factors");
    assert_eq!(refused(FactorSettings { factors: 513, ..good }), "factors");
    assert_eq!(refused(FactorSettings { unobserved: f32::NAN, ..good }), "unobserved");
    assert_eq!(refused(FactorSettings { regularisation: 0.0, ..good }), "regularisation");
    assert_eq!(refused(FactorSettings { exponent: 1.5, ..good }), "exponent");
    let outside = FactorsError::Outside { user: 0, item: 3 };
    assert_eq!(Interactions::new(3, 3, [(0, 3, 1.0)]).unwrap_err(), outside);
    assert!(Interactions::new(1 << 28, 3, []).is_err());
}

#[test]
fn equal_cells_add_up_in_any_order() {
    let cells = [(1, 1, 0.1), (0, 2, 1.0), (1, 1, 0.7), (1, 0, 2.0), (1, 1, 0.2)];
    let plays = Interactions::new(2, 3, cells).unwrap();
    assert_eq!(plays, Interactions::new(2, 3, cells.into_iter().rev()).unwrap());
    assert_eq!(plays.len(), 3);
    assert_eq!(plays.user(1).iter().collect::<Vec<_>>(), [(0, 2.0), (1, 0.1 + 0.2 + 0.7)]);
    assert_eq!(plays.item(1).iter().collect::<Vec<_>>(), [(1, 0.1 + 0.2 + 0.7)]);
    assert!(plays.item(7).is_empty() && plays.user(9).is_empty());
}
